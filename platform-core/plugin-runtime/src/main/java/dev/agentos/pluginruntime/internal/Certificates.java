package dev.agentos.pluginruntime.internal;

import dev.agentos.kernel.Digests;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.CodeSigner;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whose certificate an installed file is signed with, also when it is not accepted any more. */
public final class Certificates {

    private static final Logger LOG = LoggerFactory.getLogger(Certificates.class);

    private Certificates() {}

    /** The certificate's SHA-256 in hexadecimal digits; empty when nobody signed the file, or it cannot be read. */
    public static Optional<String> fingerprint(Path file) {
        return of(file).flatMap(certificate -> {
            try {
                return Optional.of(Digests.sha256(certificate.getEncoded()));
            } catch (CertificateEncodingException e) {
                LOG.warn("Who signed {} cannot be read", file.getFileName(), e);
                return Optional.empty();
            }
        });
    }

    /** Until when the certificate is valid; empty as above. */
    public static Optional<Instant> until(Path file) {
        return of(file).map(certificate -> certificate.getNotAfter().toInstant());
    }

    private static Optional<X509Certificate> of(Path file) {
        try (JarFile jar = new JarFile(file.toFile(), true)) {
            for (JarEntry entry : Collections.list(jar.entries())) {
                if (!entry.isDirectory() && !entry.getName().startsWith("META-INF/")) {
                    // That all entries have the same signer was found when the file was installed.
                    return of(jar, entry);
                }
            }
            return Optional.empty();
        } catch (IOException | SecurityException e) {
            LOG.warn("Who signed {} cannot be read", file.getFileName(), e);
            return Optional.empty();
        }
    }

    private static Optional<X509Certificate> of(JarFile jar, JarEntry entry) throws IOException {
        try (InputStream in = jar.getInputStream(entry)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        CodeSigner[] signers = entry.getCodeSigners();
        if (signers == null || signers.length == 0) {
            return Optional.empty();
        }
        return Optional.of(signers[0].getSignerCertPath().getCertificates().getFirst())
                .filter(X509Certificate.class::isInstance)
                .map(X509Certificate.class::cast);
    }
}
