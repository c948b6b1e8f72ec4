package dev.agentos.benchmarks.internal;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/**
 * The limit of streaming: a bare Jetty whose only handler answers every POST with the bytes of a recorded event stream,
 * in chunks as it would have to if it did not know them: the first event at once and all others in a second write,
 * without waiting in between. No routing, no credentials, no JSON, no database.
 */
public final class SseBound extends Handler.Abstract.NonBlocking {

    private static final byte[] EVENT_END = "\n\n".getBytes(StandardCharsets.UTF_8);
    private static final String FIRST_FIELD = "event:";

    private final ByteBuffer first;
    private final ByteBuffer others;

    private SseBound(byte[] stream) {
        var text = new String(stream, StandardCharsets.ISO_8859_1);
        var split = text.indexOf("\n\n", text.indexOf(FIRST_FIELD)) + EVENT_END.length;
        first = ByteBuffer.wrap(stream, 0, split).slice().asReadOnlyBuffer();
        others = ByteBuffer.wrap(stream, split, stream.length - split).slice().asReadOnlyBuffer();
    }

    /** Serves the stream in that file until it is told to end. */
    public static void main(String[] arguments) throws Exception {
        var server = new Server();
        var connector = new ServerConnector(server);
        connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
        server.addConnector(connector);
        server.setHandler(new SseBound(read(Path.of(arguments[0]))));
        server.start();
        System.out.println("READY http://127.0.0.1:" + connector.getLocalPort());
    }

    private static byte[] read(Path file) throws IOException {
        return Files.readAllBytes(file);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        if (!request.getMethod().equals("POST")) {
            callback.succeeded();
            return true;
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream;charset=utf-8");
        response.write(
                false,
                first.slice(),
                Callback.from(() -> response.write(true, others.slice(), callback), callback::failed));
        return true;
    }
}
