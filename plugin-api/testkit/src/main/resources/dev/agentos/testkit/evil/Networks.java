package evil;

import java.io.*;
import java.net.*;
import java.net.http.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.util.*;
import java.util.concurrent.*;

/** Ways to other machines, and to other programs of this one. */
final class Networks {
    private Networks() {}

    static void all(List<Route> a, Place o, Place i) {
        connections(a, o, i);
        channels(a, o, i);
        http(a, o, i);
        datagrams(a, o, i);
        listening(a, o, i);
        names(a, o);
        deputies(a, o, i);
    }

    private static void add(List<Route> a, String id, Place o, Place i, FileReads.At act) {
        FileReads.add(a, id, o, i, act);
    }

    private static Object closing(Closeable closeable) throws IOException {
        closeable.close();
        return true;
    }

    private static InetSocketAddress at(Place p) {
        return new InetSocketAddress(local(), p.port);
    }

    private static InetAddress local() {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void connections(List<Route> a, Place o, Place i) {
        add(a, "connect.socket", o, i, p -> closing(new Socket(local(), p.port)));
        add(a, "connect.socket-name", o, i, p -> closing(new Socket("127.0.0.1", p.port)));
        add(a, "connect.socket-later", o, i, p -> {
            Socket socket = new Socket();
            socket.connect(at(p), 2000);
            return closing(socket);
        });
        add(a, "connect.socket-no-proxy", o, i, p -> {
            Socket socket = new Socket(Proxy.NO_PROXY);
            socket.connect(at(p));
            return closing(socket);
        });
        add(
                a,
                "connect.factory",
                o,
                i,
                p -> closing(javax.net.SocketFactory.getDefault().createSocket(local(), p.port)));
        add(
                a,
                "connect.tls-factory",
                o,
                i,
                p -> closing(javax.net.ssl.SSLSocketFactory.getDefault().createSocket(local(), p.port)));
        add(
                a,
                "connect.forged-name",
                o,
                i,
                p -> closing(
                        new Socket(InetAddress.getByAddress("allowed.example", new byte[] {127, 0, 0, 1}), p.port)));
        add(
                a,
                "connect.mapped-address",
                o,
                i,
                p -> closing(new Socket(
                        InetAddress.getByAddress(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 127, 0, 0, 1}),
                        p.port)));
        add(a, "connect.socks", o, i, p -> {
            Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, at(p)));
            try {
                socket.connect(InetSocketAddress.createUnresolved("example.org", 80), 2000);
            } catch (SocketException e) {
                if (String.valueOf(e.getMessage()).contains("lacks permission")) {
                    throw e;
                }
            }
            return closing(socket);
        });
    }

    private static void channels(List<Route> a, Place o, Place i) {
        add(a, "connect.channel", o, i, p -> closing(SocketChannel.open(at(p))));
        add(a, "connect.channel-socket", o, i, p -> {
            SocketChannel channel = SocketChannel.open();
            channel.socket().connect(at(p));
            return closing(channel);
        });
        add(a, "connect.channel-timeout", o, i, p -> {
            SocketChannel channel = SocketChannel.open();
            channel.socket().connect(at(p), 2000);
            return closing(channel);
        });
        add(a, "connect.channel-nonblocking", o, i, p -> {
            SocketChannel channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.connect(at(p));
            while (!channel.finishConnect()) {
                Thread.onSpinWait();
            }
            return closing(channel);
        });
        add(a, "connect.asynchronous", o, i, p -> {
            AsynchronousSocketChannel channel = AsynchronousSocketChannel.open();
            channel.connect(at(p)).get(3, TimeUnit.SECONDS);
            return closing(channel);
        });
        a.add(new Route(
                "connect.unix",
                () -> closing(SocketChannel.open(UnixDomainSocketAddress.of(o.folder.resolve("socket"))))));
        a.add(new Route(
                "listen.unix",
                () -> closing(ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of(o.missing())))));
        a.add(new Route(
                "listen.unix-inside",
                () -> closing(ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of(i.missing())))));
    }

    private static HttpRequest request(Place p) {
        return HttpRequest.newBuilder(URI.create(p.http()))
                .timeout(java.time.Duration.ofSeconds(3))
                .build();
    }

    private static void http(List<Route> a, Place o, Place i) {
        add(a, "http.url", o, i, p -> new URI(p.http()).toURL().openStream().read());
        add(a, "http.url-content", o, i, p -> new URI(p.http()).toURL().getContent());
        add(
                a,
                "http.connection",
                o,
                i,
                p -> ((HttpURLConnection) new URI(p.http()).toURL().openConnection()).getResponseCode());
        add(
                a,
                "http.connection-proxy",
                o,
                i,
                p -> ((HttpURLConnection) new URI(i.http()).toURL().openConnection(new Proxy(Proxy.Type.HTTP, at(p))))
                        .getResponseCode());
        add(
                a,
                "http.client",
                o,
                i,
                p -> HttpClient.newHttpClient()
                        .send(request(p), HttpResponse.BodyHandlers.ofString())
                        .body());
        add(
                a,
                "http.client-asynchronous",
                o,
                i,
                p -> HttpClient.newHttpClient()
                        .sendAsync(request(p), HttpResponse.BodyHandlers.ofString())
                        .get(3, TimeUnit.SECONDS)
                        .body());
        a.add(new Route(
                "http.client-common-pool",
                () -> HttpClient.newBuilder()
                        .executor(ForkJoinPool.commonPool())
                        .build()
                        .sendAsync(request(o), HttpResponse.BodyHandlers.ofString())
                        .get(3, TimeUnit.SECONDS)
                        .body()));
        httpFurther(a, o, i);
    }

    private static void httpFurther(List<Route> a, Place o, Place i) {
        add(
                a,
                "http.client-redirect",
                o,
                i,
                p -> HttpClient.newBuilder()
                        .followRedirects(HttpClient.Redirect.ALWAYS)
                        .build()
                        .send(redirect(i, p), HttpResponse.BodyHandlers.ofString())
                        .body());
        a.add(new Route(
                "http.client-redirect-common-pool",
                () -> HttpClient.newBuilder()
                        .executor(ForkJoinPool.commonPool())
                        .followRedirects(HttpClient.Redirect.ALWAYS)
                        .build()
                        .sendAsync(redirect(i, o), HttpResponse.BodyHandlers.ofString())
                        .get(3, TimeUnit.SECONDS)
                        .body()));
        add(
                a,
                "http.client-proxy",
                o,
                i,
                p -> HttpClient.newBuilder()
                        .proxy(ProxySelector.of(at(p)))
                        .build()
                        .send(request(i), HttpResponse.BodyHandlers.ofString())
                        .body());
        add(a, "http.websocket", o, i, p -> {
            try {
                return HttpClient.newHttpClient()
                        .newWebSocketBuilder()
                        .buildAsync(URI.create("ws://127.0.0.1:" + p.port + "/"), new WebSocket.Listener() {})
                        .get(3, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                return e.getCause() instanceof WebSocketHandshakeException ? "reached" : rethrow(e);
            }
        });
    }

    private static Object rethrow(Exception e) throws Exception {
        throw e;
    }

    private static HttpRequest redirect(Place first, Place then) {
        return HttpRequest.newBuilder(URI.create(first.http() + "to/" + then.port))
                .timeout(java.time.Duration.ofSeconds(3))
                .build();
    }

    private static void datagrams(List<Route> a, Place o, Place i) {
        a.add(new Route("datagram.socket", () -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.send(new DatagramPacket(new byte[1], 1, at(o)));
                return true;
            }
        }));
        a.add(new Route("datagram.channel", () -> DatagramChannel.open().send(ByteBuffer.wrap(new byte[1]), at(o))));
        a.add(new Route("datagram.connect", () -> closing(DatagramChannel.open().connect(at(o)))));
        a.add(new Route("datagram.channel-socket", () -> {
            try (DatagramChannel channel = DatagramChannel.open()) {
                channel.socket().send(new DatagramPacket(new byte[1], 1, at(o)));
                return true;
            }
        }));
        a.add(new Route("datagram.multicast", () -> {
            try (MulticastSocket socket = new MulticastSocket()) {
                return socket.getLocalPort();
            }
        }));
    }

    private static void listening(List<Route> a, Place o, Place i) {
        a.add(new Route("listen.server", () -> closing(new ServerSocket(0))));
        a.add(new Route("listen.server-later", () -> {
            try (ServerSocket server = new ServerSocket()) {
                server.bind(new InetSocketAddress(local(), 0));
                return server.getLocalPort();
            }
        }));
        a.add(new Route(
                "listen.factory",
                () -> closing(javax.net.ServerSocketFactory.getDefault().createServerSocket(0))));
        a.add(new Route(
                "listen.channel", () -> closing(ServerSocketChannel.open().bind(new InetSocketAddress(local(), 0)))));
        a.add(new Route(
                "listen.asynchronous",
                () -> closing(AsynchronousServerSocketChannel.open().bind(new InetSocketAddress(local(), 0)))));
        a.add(new Route(
                "listen.datagram", () -> closing(DatagramChannel.open().bind(new InetSocketAddress(local(), 0)))));
        a.add(new Route("listen.socket", () -> {
            try (Socket socket = new Socket()) {
                socket.bind(new InetSocketAddress(local(), 0));
                return socket.getLocalPort();
            }
        }));
    }

    private static void names(List<Route> a, Place o) {
        a.add(new Route("resolve.name", () -> InetAddress.getByName("localhost")));
        a.add(new Route("resolve.all", () -> InetAddress.getAllByName("localhost").length));
        a.add(new Route(
                "resolve.socket-address", () -> new InetSocketAddress("localhost", 1).isUnresolved() ? null : 1));
        a.add(new Route("resolve.reverse", () -> {
            String name = InetAddress.getByAddress(new byte[] {127, 0, 0, 1}).getCanonicalHostName();
            return name.equals("127.0.0.1") ? null : name;
        }));
        a.add(new Route("resolve.host-name", () -> {
            String name = InetAddress.getByAddress(new byte[] {127, 0, 0, 1}).getHostName();
            return name.equals("127.0.0.1") ? null : name;
        }));
        a.add(new Route("resolve.inet4", () -> Inet4Address.getByName("localhost")));
        a.add(new Route("resolve.reachable", () -> local().isReachable(500) ? true : null));
    }

    private static void deputies(List<Route> a, Place o, Place i) {
        add(
                a,
                "deputy.xml-file",
                o,
                i,
                p -> javax.xml.parsers.DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(p.folder.resolve("a.xml").toFile()));
        add(
                a,
                "deputy.xml-uri",
                o,
                i,
                p -> javax.xml.parsers.DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(p.folder.resolve("a.xml").toUri().toString()));
        add(a, "deputy.xml-entity", o, i, p -> {
            String text = "<!DOCTYPE a [<!ENTITY e SYSTEM '" + p.path().toUri() + "'>]><a>&e;</a>";
            String found = javax.xml.parsers.DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(text.getBytes()))
                    .getDocumentElement()
                    .getTextContent();
            return found.isEmpty() ? null : found;
        });
        add(
                a,
                "deputy.xml-http",
                o,
                i,
                p -> javax.xml.parsers.SAXParserFactory.newInstance().newSAXParser() == null ? null : parsed(p));
        add(a, "deputy.xml-transform", o, i, p -> {
            javax.xml.transform.TransformerFactory.newInstance()
                    .newTransformer()
                    .transform(
                            new javax.xml.transform.stream.StreamSource(
                                    p.folder.resolve("a.xml").toFile()),
                            new javax.xml.transform.stream.StreamResult(new StringWriter()));
            return true;
        });
        add(a, "deputy.xml-result", o, i, p -> {
            javax.xml.transform.TransformerFactory.newInstance()
                    .newTransformer()
                    .transform(
                            new javax.xml.transform.stream.StreamSource(new StringReader("<a/>")),
                            new javax.xml.transform.stream.StreamResult(
                                    p.missing().toFile()));
            return true;
        });
        add(
                a,
                "deputy.keystore",
                o,
                i,
                p -> java.security.KeyStore.getInstance(
                                        p.folder.resolve("k.p12").toFile(), "changeit".toCharArray())
                                .size()
                        + 1);
    }

    private static Object parsed(Place p) throws Exception {
        try {
            javax.xml.parsers.SAXParserFactory.newInstance()
                    .newSAXParser()
                    .parse(p.http(), new org.xml.sax.helpers.DefaultHandler());
            return true;
        } catch (org.xml.sax.SAXParseException e) {
            return "answered with no XML";
        }
    }
}
