import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** An HTTP server with a pool of threads: /hello, /echo, /large, /count. Ends by a signal, with its hook's line. */
public class Server {
    public static void main(String[] arguments) throws Exception {
        var requests = new AtomicLong();
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])), 128);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            var path = exchange.getRequestURI().getPath();
            byte[] answer = switch (path) {
                case "/hello" -> "hello from Java\n".getBytes(StandardCharsets.UTF_8);
                case "/echo" -> exchange.getRequestBody().readAllBytes();
                case "/large" -> "0123456789abcdef".repeat(1 << 18).getBytes(StandardCharsets.UTF_8);
                case "/count" -> (requests.get() + "\n").getBytes(StandardCharsets.UTF_8);
                default -> null;
            };
            if (answer == null)
                exchange.sendResponseHeaders(404, -1);
            else
                exchange.sendResponseHeaders(200, answer.length == 0 ? -1 : answer.length);
            try (var body = exchange.getResponseBody()) {
                if (answer != null && answer.length > 0)
                    body.write(answer);
            }
        });
        server.setExecutor(Executors.newFixedThreadPool(8));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("ending")));
        server.start();
        System.out.println("listening");
    }
}
