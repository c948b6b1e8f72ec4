package dev.agentos.web.resources;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** What people write in any language and on many lines, as a header can carry it: percent-encoded as UTF-8. */
public final class HeaderText {

    private static final int ESCAPE_LENGTH = 3;

    private HeaderText() {}

    /**
     * The text that was sent. What is not percent-encoded throughout is what it says, as in "100% sure": a reason is
     * never a cause to refuse what it is given for.
     */
    public static String decoded(String sent) {
        if (sent.indexOf('%') < 0) {
            return sent;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(sent.length());
        int at = 0;
        while (at < sent.length()) {
            int codePoint = sent.codePointAt(at);
            if (codePoint != '%') {
                bytes.writeBytes(Character.toString(codePoint).getBytes(StandardCharsets.UTF_8));
                at += Character.charCount(codePoint);
            } else if (escapeAt(sent, at)) {
                bytes.write(HexFormat.fromHexDigits(sent, at + 1, at + ESCAPE_LENGTH));
                at += ESCAPE_LENGTH;
            } else {
                return sent;
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            return sent;
        }
    }

    private static boolean escapeAt(String sent, int at) {
        return at + ESCAPE_LENGTH <= sent.length()
                && HexFormat.isHexDigit(sent.charAt(at + 1))
                && HexFormat.isHexDigit(sent.charAt(at + 2));
    }
}
