package dev.agentos.cli.client;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
public final class Version implements IVersionProvider {
    /** As in {@code 1.2.3}. */
    public static String number() {
        var version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"AgentOS " + number() + " on Java " + Runtime.version()};
    }
}
