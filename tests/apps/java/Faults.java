/** Java's exceptions that begin as faults of the processor: null references, stack overflows, divisions by zero. */
public class Faults {
    private static final class Node {
        int value = 1;
        Node next;
    }

    private static int depth;

    private static int sum(Node node) { return node.value + node.next.value; }

    private static int divide(int dividend, int divisor) { return dividend / divisor; }

    private static int descend(int n) {
        ++depth;
        return descend(n + 1) + 1;
    }

    // Often enough to be compiled. The compiled code checks nothing: it lets the processor fault.
    private static void nullReferences() {
        var complete = new Node();
        complete.next = new Node();
        var broken = new Node();
        long total = 0;
        int caught = 0;
        for (int i = 0; i < 300_000; ++i) {
            try {
                total += sum(i % 1000 == 999 ? broken : complete);
            } catch (NullPointerException e) {
                ++caught;
            }
        }
        System.out.println("null references: " + total + " " + caught);
    }

    private static void divisions() {
        long total = 0;
        int caught = 0;
        for (int i = 0; i < 300_000; ++i) {
            try {
                total += divide(i, i % 1000);
            } catch (ArithmeticException e) {
                ++caught;
            }
        }
        System.out.println("divisions: " + total + " " + caught);
    }

    private static boolean overflows() {
        depth = 0;
        try {
            return descend(0) < 0;
        } catch (StackOverflowError e) {
            return depth > 1000;
        }
    }

    private static void stackOverflows() throws InterruptedException {
        int caught = 0;
        for (int i = 0; i < 10; ++i)
            if (overflows())
                ++caught;
        int[] inThreads = new int[1];
        for (int i = 0; i < 10; ++i) {
            var thread = new Thread(null, () -> {
                if (overflows())
                    ++inThreads[0];
            }, "deep", 256 << 10);
            thread.start();
            thread.join();
        }
        System.out.println("stack overflows: " + caught + " " + inThreads[0]);
    }

    private static void memory() {
        try {
            var blocks = new java.util.ArrayList<long[]>();
            for (;;)
                blocks.add(new long[1 << 17]);
        } catch (OutOfMemoryError e) {
            System.out.println("memory: exhausted, and caught");
        }
    }

    public static void main(String[] arguments) throws InterruptedException {
        nullReferences();
        divisions();
        stackOverflows();
        memory();
        nullReferences();
    }
}
