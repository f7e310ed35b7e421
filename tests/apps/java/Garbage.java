import java.lang.ref.SoftReference;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Random;

/** Threads that allocate far more than the heap holds, and verify that what they keep is never disturbed. */
public class Garbage {
    private static final int kThreads = 6;

    private static byte[] filled(int size, int seed) {
        var block = new byte[size];
        new Random(seed).nextBytes(block);
        return block;
    }

    private static boolean isIntact(byte[] block, int seed) {
        return java.util.Arrays.equals(block, filled(block.length, seed));
    }

    private static final class Worker extends Thread {
        private final int seed;
        private final int rounds;
        long verified;
        long broken;

        Worker(int seed, int rounds) {
            this.seed = seed;
            this.rounds = rounds;
        }

        @Override public void run() {
            var kept = new HashMap<Integer, byte[]>();
            var seeds = new HashMap<Integer, Integer>();
            var random = new Random(seed);
            for (int round = 0; round < rounds; ++round) {
                int place = random.nextInt(400);
                var old = kept.get(place);
                if (old != null) {
                    ++verified;
                    if (!isIntact(old, seeds.get(place)))
                        ++broken;
                }
                int blockSeed = random.nextInt();
                // Some are large enough to be treated as such by each collector.
                kept.put(place, filled(round % 500 == 0 ? 600_000 : 16 + random.nextInt(8000), blockSeed));
                seeds.put(place, blockSeed);
                var list = new ArrayList<String>();
                for (int i = 0; i < 50; ++i)
                    list.add("garbage " + i + round);
            }
        }
    }

    public static void main(String[] arguments) throws InterruptedException {
        int rounds = Integer.parseInt(arguments[0]);
        var weak = new WeakReference<>(new Object());
        var soft = new SoftReference<>("kept while there is room");
        var workers = new ArrayList<Worker>();
        for (int i = 0; i < kThreads; ++i)
            workers.add(new Worker(i, rounds));
        workers.forEach(Thread::start);
        long verified = 0;
        long broken = 0;
        for (var worker : workers) {
            worker.join();
            verified += worker.verified;
            broken += worker.broken;
        }
        System.gc();
        System.out.println("verified " + verified + ", broken " + broken + ", weak " + weak.get()
            + ", soft " + (soft.get() != null));
    }
}
