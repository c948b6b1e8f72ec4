package dev.agentos.verifier;

import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import jdk.security.jarsigner.JarSigner;
import jdk.security.jarsigner.JarSignerException;
import org.jspecify.annotations.Nullable;

/**
 * A publisher's key: an Ed25519 key and the certificate that it signs itself, in a PKCS #12 file that its owner alone
 * may read. Who has the file and its password is the publisher.
 */
public final class PublisherKey {

    /** What a key has for a password when its owner gives it none. */
    public static final String NO_PASSWORD = "agentos";

    private static final String ALIAS = "publisher";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ._@-]{0,62}");

    private final KeyStore.PrivateKeyEntry entry;

    private PublisherKey(KeyStore.PrivateKeyEntry entry) {
        this.entry = entry;
    }

    /**
     * Makes a key in a new file.
     *
     * @param name the publisher, as people will read it
     * @param validity for how long JARs that are signed with it are accepted; at least a day
     * @param start when that begins, relative to now; not negative except in tests
     * @throws AgentOsException {@code verifier:KEY_UNUSABLE}
     */
    public static PublisherKey create(Path file, String name, String password, Duration validity, Duration start) {
        if (!NAME.matcher(name).matches()) {
            throw unusable(
                    "'" + name + "' is no name for a publisher", "Use letters, digits, spaces and . _ @ -.", null);
        }
        if (Files.exists(file)) {
            throw exists(file);
        }
        try {
            Path parent = file.toAbsolutePath().getParent();
            Files.createDirectories(parent);
            // Nobody may read the file from the moment it is there, so it is made in a directory of its own.
            Path own = Files.createTempDirectory(
                    parent, "key", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Path made = own.resolve("key.p12");
            try {
                keytool(made, name, password, validity, start);
                Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
                // Unlike a move, a link never takes the place of a key that somebody else made meanwhile.
                Files.createLink(file, made);
            } finally {
                Files.deleteIfExists(made);
                Files.deleteIfExists(own);
            }
        } catch (FileAlreadyExistsException e) {
            throw exists(file);
        } catch (IOException e) {
            throw unusable("The key cannot be written to " + file, "Check the rights of its directory.", e);
        }
        return open(file, password);
    }

    private static AgentOsException exists(Path file) {
        return unusable("The file " + file + " exists", "Choose another name, or remove the old key.", null);
    }

    /**
     * The password of keys in files: what {@code AGENTOS_SIGNING_PASSWORD} of the environment says, or none.
     *
     * @param environment the process's environment
     */
    public static String password(Map<String, String> environment) {
        String set = environment.getOrDefault("AGENTOS_SIGNING_PASSWORD", "");
        return set.isEmpty() ? NO_PASSWORD : set;
    }

    /** The platform's own tool: it has no other way to make a certificate. */
    private static void keytool(Path file, String name, String password, Duration validity, Duration start)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        ALIAS,
                        "-keyalg",
                        "Ed25519",
                        "-dname",
                        "CN=" + name,
                        "-startdate",
                        (start.isNegative() ? "-" : "+") + start.abs().toDays() + "d",
                        "-validity",
                        Long.toString(Math.max(1, validity.toDays())),
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass:env",
                        "AGENTOS_STORE_PASSWORD"))
                .redirectErrorStream(true);
        builder.environment().putAll(Map.of("AGENTOS_STORE_PASSWORD", password, "LC_ALL", "C"));
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw unusable(
                        "No key could be made: " + said.strip(), "Use a password of at least 6 characters.", null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroy();
            throw unusable("The making of the key was interrupted", "Try again.", e);
        }
    }

    /**
     * Opens the key in a file.
     *
     * @throws AgentOsException {@code verifier:KEY_UNUSABLE} when there is none, or the password is another
     */
    public static PublisherKey open(Path file, String password) {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, password.toCharArray());
            if (store.getEntry(ALIAS, new KeyStore.PasswordProtection(password.toCharArray()))
                    instanceof KeyStore.PrivateKeyEntry found) {
                return new PublisherKey(found);
            }
            throw unusable("The file " + file + " holds no publisher's key", "Make one: agentos key new NAME.", null);
        } catch (IOException | GeneralSecurityException e) {
            throw unusable(
                    "The key in " + file + " cannot be opened"
                            + (e instanceof NoSuchFileException ? ": there is no such file" : ": " + e.getMessage()),
                    "Make one with agentos key new NAME, and give its password in AGENTOS_SIGNING_PASSWORD.",
                    e);
        }
    }

    /** The SHA-256 of the certificate: what administrators compare and trust. */
    public String fingerprint() {
        return JarSignature.fingerprint((X509Certificate) entry.getCertificate());
    }

    /** The certificate, in DER: what a reader of {@link #signature} needs. */
    public byte[] certificate() {
        try {
            return entry.getCertificate().getEncoded();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("A certificate that was read can be written", e);
        }
    }

    /** The Ed25519 signature of a message. */
    public byte[] signature(byte[] message) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(entry.getPrivateKey());
            signature.update(message);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw unusable("The key is none of Ed25519", "Make another: agentos key new NAME.", e);
        }
    }

    /**
     * Signs every entry of a JAR and writes the result to a new file, or over the old one when that is the same. An
     * earlier signature is replaced.
     *
     * @throws AgentOsException {@code verifier:KEY_UNUSABLE} or {@code verifier:FILE_UNREADABLE}
     */
    public void sign(Path jar, Path target) {
        try {
            // Made as any other file of its owner, so that who could read the old one can read the new one.
            Path partial = Files.createFile(target.resolveSibling(
                    target.getFileName() + ".part" + ProcessHandle.current().pid()));
            try (JarFile unsigned = new JarFile(jar.toFile(), false)) {
                List<String> related = JarSignature.related(unsigned);
                if (!related.stream().allMatch(name -> name.startsWith("META-INF/AGENTOS."))) {
                    throw unusable(
                            jar.getFileName() + " is signed by another tool (" + String.join(", ", related) + ")",
                            "Build it anew, without a signature.",
                            null);
                }
                try (OutputStream out = Files.newOutputStream(partial)) {
                    new JarSigner.Builder(entry)
                            .digestAlgorithm("SHA-512")
                            .signatureAlgorithm("Ed25519")
                            .signerName("AGENTOS")
                            .build()
                            .sign(unsigned, out);
                }
                Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException | JarSignerException | GeneralSecurityException e) {
            throw new AgentOsException(
                    VerifierErrorCode.FILE_UNREADABLE,
                    "The file " + jar.getFileName() + " cannot be signed: " + e.getMessage() + ".",
                    "Check that it is a JAR and that its directory can be written.",
                    e);
        }
    }

    private static AgentOsException unusable(String what, String action, @Nullable Exception e) {
        return new AgentOsException(VerifierErrorCode.KEY_UNUSABLE, what + ".", action, e);
    }
}
