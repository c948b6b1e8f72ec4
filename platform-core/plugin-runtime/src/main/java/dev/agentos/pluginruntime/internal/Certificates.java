package dev.agentos.pluginruntime.internal;

import dev.agentos.kernel.Digests;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.CodeSigner;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
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
        try (JarFile jar = new JarFile(file.toFile(), true)) {
            for (JarEntry entry : Collections.list(jar.entries())) {
                if (!entry.isDirectory() && !entry.getName().startsWith("META-INF/")) {
                    // That all entries have the same signer was found when the file was installed.
                    return fingerprint(jar, entry);
                }
            }
            return Optional.empty();
        } catch (IOException | SecurityException | CertificateEncodingException e) {
            LOG.warn("Who signed {} cannot be read", file.getFileName(), e);
            return Optional.empty();
        }
    }

    private static Optional<String> fingerprint(JarFile jar, JarEntry entry)
            throws IOException, CertificateEncodingException {
        try (InputStream in = jar.getInputStream(entry)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        CodeSigner[] signers = entry.getCodeSigners();
        if (signers == null || signers.length == 0) {
            return Optional.empty();
        }
        Certificate own = signers[0].getSignerCertPath().getCertificates().getFirst();
        return Optional.of(Digests.sha256(own.getEncoded()));
    }
}
