package dev.agentos.outbound;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.HttpListener;
import dev.agentos.spi.HttpRequest;
import dev.agentos.spi.HttpResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.http.protocol.HttpProcessor;
import org.apache.hc.core5.http.protocol.HttpProcessorBuilder;
import org.apache.hc.core5.http.protocol.RequestContent;
import org.apache.hc.core5.http.protocol.RequestTargetHost;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.net.URIAuthority;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response on a connection of their own. The connection is a channel, so that an interrupt of the
 * thread that waits for it closes it.
 */
final class Exchange implements AutoCloseable {

    private static final int CHUNK = 16 * 1024;
    private static final Http1Config BOUNDS = Http1Config.custom()
            .setMaxLineLength(16 * 1024)
            .setMaxHeaderCount(100)
            .setMaxEmptyLineCount(4)
            .build();
    private static final HttpProcessor HEADERS = HttpProcessorBuilder.create()
            .addAll(RequestTargetHost.INSTANCE, RequestContent.INSTANCE)
            .build();

    private final HttpRequest request;
    private final Endpoint endpoint;
    private final Expiry expiry;
    private final DefaultBHttpClientConnection connection = new DefaultBHttpClientConnection(BOUNDS);
    private @Nullable SocketChannel channel;
    private @Nullable HttpEntity entity;

    Exchange(HttpRequest request, Endpoint endpoint, Expiry expiry) {
        this.request = request;
        this.endpoint = endpoint;
        this.expiry = expiry;
    }

    /** Connects, sends the request and reads the response up to its body. */
    HttpResponse send(LookUps names, Addresses addresses, Supplier<SSLSocketFactory> tls) {
        List<InetAddress> found = lookedUp(names);
        for (InetAddress address : found) {
            if (!addresses.allow(endpoint.name(), address, endpoint.port())) {
                throw refused(address);
            }
        }
        try {
            bind(connected(found), tls);
            ClassicHttpRequest message = message();
            HttpCoreContext context = HttpCoreContext.create();
            HttpRequestExecutor executor = new HttpRequestExecutor();
            executor.preProcess(message, HEADERS, context);
            ClassicHttpResponse response = executor.execute(message, connection, context);
            entity = response.getEntity();
            return new HttpResponse(response.getCode(), request.uri(), headers(response), new byte[0]);
        } catch (IOException | HttpException e) {
            throw failure(e);
        }
    }

    /** Hands the body on; to be called once, behind {@link #send}. */
    void body(HttpResponse response, HttpListener listener) {
        HttpEntity content = entity;
        if (content == null) {
            return;
        }
        if (content.getContentLength() > request.maxResponseBytes()) {
            throw tooLarge();
        }
        byte[] chunk = new byte[CHUNK];
        long total = 0;
        while (true) {
            int length = read(content, chunk);
            if (length < 0) {
                return;
            }
            total += length;
            if (total > request.maxResponseBytes()) {
                throw tooLarge();
            }
            if (length > 0) {
                listener.onBytes(response, Arrays.copyOf(chunk, length));
            }
        }
    }

    /** What came of the beginning of the body, if anything did. */
    byte[] beginning(int most) {
        HttpEntity content = entity;
        if (content == null) {
            return new byte[0];
        }
        try (InputStream in = content.getContent()) {
            return in.readNBytes(most);
        } catch (IOException e) {
            // The status is there, and this was only what is said beside it.
            return new byte[0];
        }
    }

    private int read(HttpEntity content, byte[] chunk) {
        try {
            if (expiry.over()) {
                throw late();
            }
            InputStream in = content.getContent();
            return in.read(chunk);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** The addresses of the host: all that this request will ever know. */
    private List<InetAddress> lookedUp(LookUps names) {
        if (endpoint.literal()) {
            return List.of(InetAddress.ofLiteral(endpoint.name()));
        }
        try {
            return names.addresses(endpoint.name(), expiry);
        } catch (TimeoutException e) {
            throw late();
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownHostException) {
                throw new AgentOsException(
                        OutboundErrorCode.NO_SUCH_HOST,
                        "There is no host '" + endpoint.name() + "'.",
                        "Check the name, and whether this server can look names up.");
            }
            throw new IllegalStateException("The look-up of " + endpoint.name() + " failed", e.getCause());
        }
    }

    private SocketChannel connected(List<InetAddress> found) throws IOException {
        IOException failure = new UnknownHostException(endpoint.name());
        for (InetAddress address : found) {
            SocketChannel attempt = SocketChannel.open();
            channel = attempt;
            expiry.hold(attempt);
            try {
                attempt.socket().connect(new InetSocketAddress(address, endpoint.port()), expiry.leftMillis());
                checkPeer(attempt, address);
                return attempt;
            } catch (IOException e) {
                attempt.close();
                if (expiry.over() || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                failure = e;
            }
        }
        throw failure;
    }

    /** What is connected is what was checked, whatever the system made of it. */
    private void checkPeer(SocketChannel connected, InetAddress checked) throws IOException {
        if (!(connected.getRemoteAddress() instanceof InetSocketAddress peer)
                || !Arrays.equals(peer.getAddress().getAddress(), checked.getAddress())
                || peer.getPort() != endpoint.port()) {
            throw refused(checked);
        }
    }

    private void bind(SocketChannel connected, Supplier<SSLSocketFactory> tls) throws IOException {
        Socket plain = connected.socket();
        if (!endpoint.secure()) {
            connection.bind(plain);
            return;
        }
        SSLSocket secured = (SSLSocket) tls.get().createSocket(plain, endpoint.name(), endpoint.port(), true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        connection.bind(secured, plain);
    }

    private ClassicHttpRequest message() {
        URI uri = request.uri();
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        BasicClassicHttpRequest message = new BasicClassicHttpRequest(
                request.method(),
                uri.getScheme(),
                new URIAuthority(endpoint.name(), uri.getPort()),
                uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery());
        message.addHeader("user-agent", "AgentOS");
        request.headers().forEach((name, values) -> {
            message.removeHeaders(name);
            values.forEach(value -> message.addHeader(name, value));
        });
        message.addHeader("connection", "close");
        byte[] body = request.body();
        if (body.length > 0) {
            message.setEntity(new ByteArrayEntity(body, (ContentType) null));
        }
        return message;
    }

    private static Map<String, List<String>> headers(ClassicHttpResponse response) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (Header header : response.getHeaders()) {
            headers.computeIfAbsent(header.getName().toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(header.getValue() == null ? "" : header.getValue());
        }
        return headers;
    }

    private AgentOsException failure(Exception thrown) {
        if (expiry.over()) {
            return late();
        }
        if (Thread.currentThread().isInterrupted()) {
            return interrupted();
        }
        return switch (thrown) {
            case MessageConstraintException e -> tooLarge();
            case SSLException e ->
                external(
                        OutboundErrorCode.CERTIFICATE_REFUSED,
                        "No trustworthy connection to " + endpoint + ": " + e.getMessage(),
                        "Check the server's certificate, its name, and whom this server trusts.");
            case ConnectionClosedException e -> invalid(e);
            case MalformedChunkCodingException e -> invalid(e);
            case NoHttpResponseException e -> invalid(e);
            case HttpException e -> invalid(e);
            default ->
                external(
                        OutboundErrorCode.UNREACHABLE,
                        endpoint + " cannot be reached: " + thrown.getMessage(),
                        "Try again later; check host, port and network.");
        };
    }

    private AgentOsException invalid(Exception thrown) {
        return external(
                OutboundErrorCode.INVALID_RESPONSE,
                "The answer of " + endpoint + " is cut short or no HTTP: " + thrown.getMessage(),
                "Try again later.");
    }

    private static AgentOsException external(OutboundErrorCode code, String message, String action) {
        return new AgentOsException(code, message + ".", action);
    }

    private AgentOsException tooLarge() {
        return external(
                OutboundErrorCode.RESPONSE_TOO_LARGE,
                "The answer of " + endpoint + " is longer than " + request.maxResponseBytes()
                        + " bytes, or its headers are than 100 lines of 16 KiB",
                "Ask for less, or allow more.");
    }

    private AgentOsException late() {
        return external(
                OutboundErrorCode.TIMED_OUT,
                endpoint + " had not answered within " + request.timeout().toMillis() + " ms",
                "Try again later, or wait longer.");
    }

    private AgentOsException interrupted() {
        // Whoever called must learn of it, too.
        Thread.currentThread().interrupt();
        return external(
                OutboundErrorCode.INTERRUPTED,
                "The request to " + endpoint + " was given up, because its call is late or cancelled",
                "Make the call again when you want it done.");
    }

    private AgentOsException refused(InetAddress address) {
        return external(
                OutboundErrorCode.ADDRESS_REFUSED,
                endpoint.name() + " leads to " + Addresses.literal(address) + ", which is not public and which no grant"
                        + " names",
                "If it is meant, declare and grant 'net.connect " + Addresses.literal(address) + ":" + endpoint.port()
                        + "' as well.");
    }

    @Override
    public void close() {
        connection.close(CloseMode.IMMEDIATE);
        SocketChannel open = channel;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // It is gone, which is all that was wanted.
            }
        }
    }
}
