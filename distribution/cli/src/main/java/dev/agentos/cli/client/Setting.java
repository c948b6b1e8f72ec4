package dev.agentos.cli.client;

/** Settings of a server as they are written on the command line. */
public final class Setting {
    private Setting() {}

    /** Checks that a setting is written with its value. */
    public static String named(String setting) {
        if (setting.indexOf('=') < 1 || setting.startsWith("-")) {
            throw new CliException(
                    CliException.USAGE, "'" + setting + "' is not of the form NAME=VALUE, as in max-executions=8.");
        }
        return setting;
    }
}
