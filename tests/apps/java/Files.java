import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** The file packages: channels, mappings, locks, attributes, watching, compression. */
public class Files {
    private static void channels(Path folder) throws Exception {
        var path = folder.resolve("channel");
        try (var channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var text = ByteBuffer.wrap("written through a channel".getBytes(StandardCharsets.UTF_8));
            channel.write(text, 4096);
            try (var lock = channel.lock()) {
                System.out.println("lock: " + lock.isValid() + " size " + channel.size());
            }
            var direct = ByteBuffer.allocateDirect(100);
            channel.read(direct, 4096);
            System.out.println("read: " + StandardCharsets.UTF_8.decode(direct.flip()));
            var mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, 1 << 20);
            for (int i = 0; i < 1 << 20; i += 4096)
                mapping.putInt(i, i);
            mapping.force();
            channel.force(true);
        }
        try (var file = new RandomAccessFile(path.toFile(), "r")) {
            file.seek(255 * 4096);
            System.out.println("mapping: " + file.readInt() + " of " + file.length());
        }
        var copy = folder.resolve("copy");
        try (var from = FileChannel.open(path); var to = FileChannel.open(copy, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            System.out.println("transferred: " + from.transferTo(0, from.size(), to));
        }
        System.out.println("same: " + java.nio.file.Files.mismatch(path, copy));
        try (var channel = AsynchronousFileChannel.open(copy)) {
            var buffer = ByteBuffer.allocate(8192);
            System.out.println("asynchronous: " + channel.read(buffer, 4096).get() + " " + buffer.getInt(0));
        }
    }

    private static void names(Path folder) throws Exception {
        for (int i = 0; i < 300; ++i) {
            var directory = java.nio.file.Files.createDirectories(folder.resolve("tree/" + i % 10));
            java.nio.file.Files.writeString(directory.resolve("file " + i), "contents " + i);
        }
        java.nio.file.Files.move(folder.resolve("tree/0/file 0"), folder.resolve("tree/1/file 0"), StandardCopyOption.ATOMIC_MOVE);
        java.nio.file.Files.createSymbolicLink(folder.resolve("tree/link"), Path.of("1/file 0"));
        System.out.println("through a link: " + java.nio.file.Files.readString(folder.resolve("tree/link")));
        java.nio.file.Files.setPosixFilePermissions(folder.resolve("tree/1/file 0"), PosixFilePermissions.fromString("r--r-----"));
        System.out.println("permissions: "
            + PosixFilePermissions.toString(java.nio.file.Files.getPosixFilePermissions(folder.resolve("tree/link"))));
        try (var paths = java.nio.file.Files.walk(folder.resolve("tree"))) {
            System.out.println("tree: " + paths.count());
        }
        java.nio.file.Files.walkFileTree(folder.resolve("tree"), new SimpleFileVisitor<>() {
            @Override public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                java.nio.file.Files.delete(file);
                return FileVisitResult.CONTINUE;
            }
            @Override public FileVisitResult postVisitDirectory(Path directory, IOException error) throws IOException {
                java.nio.file.Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
        try {
            java.nio.file.Files.readString(folder.resolve("tree/link"));
        } catch (NoSuchFileException e) {
            System.out.println("deleted");
        }
    }

    private static void watching(Path folder) throws Exception {
        try (var service = folder.getFileSystem().newWatchService()) {
            folder.register(service, StandardWatchEventKinds.ENTRY_CREATE);
            java.nio.file.Files.writeString(folder.resolve("watched"), "x");
            var key = service.take();
            var names = new ArrayList<String>();
            key.pollEvents().forEach(event -> names.add(event.kind() + " " + event.context()));
            System.out.println("watched: " + names);
        }
    }

    private static void compression(Path folder) throws Exception {
        var path = folder.resolve("compressed");
        var text = "enclave ".repeat(200_000);
        try (var out = new GZIPOutputStream(java.nio.file.Files.newOutputStream(path))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        try (var in = new GZIPInputStream(java.nio.file.Files.newInputStream(path))) {
            System.out.println("compression: " + new String(in.readAllBytes(), StandardCharsets.UTF_8).equals(text));
        }
    }

    private static void pipes() throws Exception {
        var pipe = Pipe.open();
        var writer = new Thread(() -> {
            try (var sink = pipe.sink()) {
                for (int i = 0; i < 1000; ++i)
                    sink.write(ByteBuffer.allocate(1000));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        writer.start();
        long total = 0;
        var buffer = ByteBuffer.allocate(3000);
        for (int count; (count = pipe.source().read(buffer)) >= 0; buffer.clear())
            total += count;
        writer.join();
        System.out.println("pipe: " + total);
    }

    private static void children() {
        try {
            new ProcessBuilder("true").start();
            System.out.println("a child ran");
        } catch (IOException e) {
            System.out.println("no child: " + e.getClass().getName());
        }
    }

    public static void main(String[] arguments) throws Exception {
        var folder = Path.of(arguments[0]);
        channels(folder);
        names(folder);
        watching(folder);
        compression(folder);
        pipes();
        if (arguments.length > 1)
            children();
    }
}
