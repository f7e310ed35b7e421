import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Pools, futures, monitors, interrupts, timed waits: whatever a server's threads do to each other. */
public class Threads {
    private static final int kThreads = 16;

    private static void pool() throws Exception {
        var pool = Executors.newFixedThreadPool(kThreads);
        var sum = new AtomicInteger();
        for (int task = 1; task <= 20_000; ++task) {
            int number = task;
            pool.execute(() -> sum.addAndGet(number));
        }
        pool.shutdown();
        System.out.println("pool: " + pool.awaitTermination(60, TimeUnit.SECONDS) + " " + sum);
    }

    private static void futures() {
        var chain = CompletableFuture.supplyAsync(() -> 1L);
        for (int step = 0; step < 5_000; ++step)
            chain = chain.thenApplyAsync(value -> value * 31 % 1_000_003);
        var all = IntStream.range(0, 500).mapToObj(n -> CompletableFuture.supplyAsync(() -> n)).toList();
        var sum = all.stream().mapToInt(CompletableFuture::join).sum();
        System.out.println("futures: " + chain.join() + " " + sum);
    }

    private static void parallelStreams() {
        long primes = LongStream.rangeClosed(2, 60_000).parallel()
            .filter(n -> LongStream.rangeClosed(2, (long) Math.sqrt(n)).noneMatch(d -> n % d == 0)).count();
        System.out.println("parallel stream: " + primes);
    }

    private static int turn;

    private static void monitors() throws Exception {
        var lock = new Object();
        var players = new ArrayList<Thread>();
        for (int player = 0; player < 4; ++player) {
            int mine = player;
            players.add(new Thread(() -> {
                for (int round = 0; round < 500; ++round)
                    synchronized (lock) {
                        try {
                            while (turn % 4 != mine)
                                lock.wait();
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                        ++turn;
                        lock.notifyAll();
                    }
            }));
        }
        players.forEach(Thread::start);
        for (var player : players)
            player.join();
        System.out.println("monitors: " + turn);
    }

    private static void contention() throws Exception {
        int[] counter = new int[1];
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < kThreads; ++i)
            threads.add(new Thread(() -> {
                for (int n = 0; n < 20_000; ++n)
                    synchronized (counter) {
                        ++counter[0];
                    }
            }));
        threads.forEach(Thread::start);
        for (var thread : threads)
            thread.join();
        System.out.println("contention: " + counter[0]);
    }

    private static void interrupts() throws Exception {
        var seen = new AtomicInteger();
        var started = new CountDownLatch(3);
        var sleeper = new Thread(() -> {
            started.countDown();
            try {
                Thread.sleep(600_000);
            } catch (InterruptedException e) {
                seen.addAndGet(1);
            }
        });
        var waiter = new Thread(() -> {
            synchronized (seen) {
                started.countDown();
                try {
                    seen.wait();
                } catch (InterruptedException e) {
                    seen.addAndGet(10);
                }
            }
        });
        var parked = new Thread(() -> {
            started.countDown();
            while (!Thread.currentThread().isInterrupted())
                LockSupport.park();
            seen.addAndGet(100);
        });
        for (var thread : new Thread[] { sleeper, waiter, parked })
            thread.start();
        started.await();
        for (var thread : new Thread[] { sleeper, waiter, parked }) {
            thread.interrupt();
            thread.join();
        }
        System.out.println("interrupts: " + seen);
    }

    private static void barriers() throws Exception {
        var met = new AtomicInteger();
        var barrier = new CyclicBarrier(8, met::incrementAndGet);
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 8; ++i)
            threads.add(new Thread(() -> {
                try {
                    for (int round = 0; round < 200; ++round)
                        barrier.await();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        threads.forEach(Thread::start);
        for (var thread : threads)
            thread.join();
        System.out.println("barriers: " + met);
    }

    private static void timers() throws Exception {
        ScheduledExecutorService timers = Executors.newScheduledThreadPool(2);
        var ticks = new CountDownLatch(20);
        timers.scheduleAtFixedRate(ticks::countDown, 1, 2, TimeUnit.MILLISECONDS);
        ticks.await();
        timers.shutdownNow();
        System.out.println("timers: " + timers.awaitTermination(60, TimeUnit.SECONDS));
        System.out.println("timed wait: " + new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS));
    }

    private static void shortLived() throws Exception {
        var ran = new AtomicInteger();
        for (int i = 0; i < 500; ++i) {
            var thread = new Thread(ran::incrementAndGet);
            thread.start();
            thread.join();
        }
        System.out.println("short-lived: " + ran);
    }

    public static void main(String[] arguments) throws Exception {
        pool();
        futures();
        parallelStreams();
        monitors();
        contention();
        interrupts();
        barriers();
        timers();
        shortLived();
    }
}
