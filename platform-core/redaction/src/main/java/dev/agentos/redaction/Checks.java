package dev.agentos.redaction;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What distinguishes numbers that were issued from any others: check digits and ranges that are never used. */
final class Checks {

    private static final BigInteger NINETY_SEVEN = BigInteger.valueOf(97);
    private static final String DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE";
    private static final Set<String> NO_NINO = Set.of("BG", "GB", "KN", "NK", "NT", "TN", "ZZ");

    /** The lengths of account numbers, by country (ISO 13616). */
    private static final Map<String, Integer> IBAN = Map.ofEntries(
            Map.entry("NO", 15),
            Map.entry("BE", 16),
            Map.entry("DK FI FO GL NL", 18),
            Map.entry("MK SI", 19),
            Map.entry("AT BA EE KZ LT LU XK", 20),
            Map.entry("CH CR HR LI LV", 21),
            Map.entry("BG BH DE GB GE IE ME RS VA", 22),
            Map.entry("AE GI IL IQ TL", 23),
            Map.entry("AD CZ ES MD PK RO SA SE SK TN VG", 24),
            Map.entry("PT ST", 25),
            Map.entry("IS TR", 26),
            Map.entry("FR GR IT MC SM", 27),
            Map.entry("AL AZ BY CY DO GT HU LB PL SV", 28),
            Map.entry("BR EG PS QA UA", 29),
            Map.entry("JO KW MU", 30),
            Map.entry("MT SC", 31),
            Map.entry("LC", 32),
            Map.entry("RU", 33));

    private Checks() {}

    /** The digits alone. */
    static String digits(String text) {
        return text.replaceAll("[^0-9]", "");
    }

    /** The letters and digits alone, however they are grouped. */
    private static String plain(String text) {
        return text.replaceAll("[^A-Za-z0-9]", "");
    }

    /** Numbers of cards by Luhn (ISO/IEC 7812-1); digits of something else may stand behind one. */
    static int card(String text) {
        int count = digits(text).length();
        for (int length = Math.min(count, 19); length >= 13; length--) {
            int end = behind(text, length);
            boolean whole = end == text.length() || !CharSet.DIGITS.contains(text.charAt(end));
            String number = digits(text.substring(0, end));
            if (whole && "23456".indexOf(number.charAt(0)) >= 0 && luhn(number)) {
                return end;
            }
        }
        return Check.NONE;
    }

    private static boolean luhn(String number) {
        int sum = 0;
        for (int i = 0; i < number.length(); i++) {
            int digit = number.charAt(number.length() - 1 - i) - '0';
            int weighed = i % 2 == 0 ? digit : digit * 2;
            sum += weighed > 9 ? weighed - 9 : weighed;
        }
        return sum % 10 == 0;
    }

    static int iban(String text) {
        String country = text.substring(0, 2).toUpperCase(Locale.ROOT);
        int length = IBAN.entrySet().stream()
                .filter(entry -> entry.getKey().contains(country))
                .mapToInt(Map.Entry::getValue)
                .findFirst()
                .orElse(0);
        int end = length == 0 ? -1 : behind(text, length);
        if (end < 0 || (end < text.length() && CharSet.WORD.contains(text.charAt(end)))) {
            return Check.NONE;
        }
        String plain = plain(text.substring(0, end));
        return remainder97(plain.substring(4) + plain.substring(0, 4)) == 1 ? end : Check.NONE;
    }

    /** Letters stand for 10 to 35. */
    private static int remainder97(String text) {
        int remainder = 0;
        for (int i = 0; i < text.length(); i++) {
            int value = Character.digit(text.charAt(i), 36);
            remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
        }
        return remainder;
    }

    /** Where that many letters and digits end; -1 when there are fewer. */
    private static int behind(String text, int count) {
        int seen = 0;
        for (int i = 0; i < text.length(); i++) {
            if (Character.isLetterOrDigit(text.charAt(i)) && ++seen == count) {
                return i + 1;
            }
        }
        return -1;
    }

    static int phone(String text) {
        int count = digits(text).length();
        return count >= 8 && count <= 15 ? text.length() : Check.NOTHING_WITHIN;
    }

    static int ipv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return Check.NOTHING_WITHIN;
        }
        for (String part : parts) {
            if (Integer.parseInt(part) > 255) {
                return Check.NOTHING_WITHIN;
            }
        }
        return text.length();
    }

    /** Eight groups, or fewer around one {@code ::} (RFC 4291); names of code, as {@code a::b}, have no digits. */
    static int ipv6(String text) {
        String trimmed = text.endsWith(":") && !text.endsWith("::") ? text.substring(0, text.length() - 1) : text;
        boolean shortened = trimmed.contains("::");
        long groups = Arrays.stream(trimmed.split(":"))
                .filter(group -> !group.isEmpty())
                .count();
        boolean once = trimmed.indexOf("::") == trimmed.lastIndexOf("::");
        boolean whole = shortened ? once && groups >= 2 && groups <= 7 : groups == 8;
        return whole && trimmed.chars().anyMatch(CharSet.DIGITS::contains) ? trimmed.length() : Check.NOTHING_WITHIN;
    }

    static int usSocialSecurity(String text) {
        String number = digits(text);
        String area = number.substring(0, 3);
        boolean issued = !area.equals("000")
                && !area.equals("666")
                && number.charAt(0) != '9'
                && !number.startsWith("00", 3)
                && !number.endsWith("0000");
        return issued ? text.length() : Check.NOTHING_WITHIN;
    }

    /** One digit of the first ten comes twice or thrice, and the last is by ISO/IEC 7064, MOD 11,10. */
    static int deTaxId(String text) {
        String number = digits(text);
        long different = number.chars().limit(10).distinct().count();
        int product = 10;
        for (int i = 0; i < 10; i++) {
            int sum = (number.charAt(i) - '0' + product) % 10;
            product = (sum == 0 ? 10 : sum) * 2 % 11;
        }
        boolean fits = (11 - product) % 10 == number.charAt(10) - '0';
        return fits && (different == 9 || different == 8) ? text.length() : Check.NOTHING_WITHIN;
    }

    static int nlCitizen(String text) {
        int sum = -(text.charAt(8) - '0');
        for (int i = 0; i < 8; i++) {
            sum += (9 - i) * (text.charAt(i) - '0');
        }
        return sum % 11 == 0 && !text.equals("000000000") ? text.length() : Check.NOTHING_WITHIN;
    }

    static int esIdentity(String text) {
        String plain = plain(text).toUpperCase(Locale.ROOT);
        int foreigner = "XYZ".indexOf(plain.charAt(0));
        String number = (foreigner < 0 ? plain.substring(0, 1) : String.valueOf(foreigner)) + plain.substring(1, 8);
        boolean fits = DNI_LETTERS.charAt(Integer.parseInt(number) % 23) == plain.charAt(8);
        return fits ? text.length() : Check.NOTHING_WITHIN;
    }

    /** The letter behind: sums by the place, odd places by a table of their own. */
    static int itFiscalCode(String text) {
        String code = text.toUpperCase(Locale.ROOT);
        int[] odd = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
        int sum = 0;
        for (int i = 0; i < 15; i++) {
            char c = code.charAt(i);
            int value = CharSet.DIGITS.contains(c) ? c - '0' : c - 'A';
            sum += i % 2 == 0 ? odd[value] : value;
        }
        return code.charAt(15) == 'A' + sum % 26 ? text.length() : Check.NOTHING_WITHIN;
    }

    /** The two digits behind make it a multiple of 97; Corsica's departments count as 19 and 18. */
    static int frSocialSecurity(String text) {
        String plain = plain(text).toUpperCase(Locale.ROOT);
        String number = plain.substring(0, 13).replace("2A", "19").replace("2B", "18");
        int key = 97 - new BigInteger(number).mod(NINETY_SEVEN).intValue();
        return key == Integer.parseInt(plain.substring(13)) ? text.length() : Check.NOTHING_WITHIN;
    }

    static int ukInsurance(String text) {
        return NO_NINO.contains(text.substring(0, 2)) ? Check.NOTHING_WITHIN : text.length();
    }
}
