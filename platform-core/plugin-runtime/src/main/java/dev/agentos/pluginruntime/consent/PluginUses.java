package dev.agentos.pluginruntime.consent;

import dev.agentos.spi.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds who would miss a plugin, among all tenants: for administrators of the platform alone. */
@FunctionalInterface
public interface PluginUses {

    /** How many of a kind are named; all are counted. */
    int MOST_NAMED = 5;

    /** Who uses a plugin by what it offers; kinds that nobody is of are left out. */
    List<Use> of(Offer offer);

    /**
     * What others name a plugin by.
     *
     * @param plugin its id, which begins the ids of its agents as well
     * @param names of its node types, tools and reducers
     * @param providers its model and embedding providers; models are named {@code provider/model}
     */
    record Offer(String plugin, Set<String> names, Set<String> providers) {
        public Offer {
            names = Set.copyOf(names);
            providers = Set.copyOf(providers);
        }

        /** The beginnings of what it offers under a name of its own: its agents and its models. */
        public Set<String> prefixes() {
            return Stream.concat(Stream.of(plugin), providers.stream())
                    .map(name -> name + "/")
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** What uses a plugin. */
    enum Kind {
        /** An installed plugin that cannot do without it. */
        PLUGIN(" installed plugin needs it", " installed plugins need it"),
        /** A tenant that has the pack enabled, another one with a model of this plugin, or settings of this one. */
        TENANT(
                " tenant has enabled what it offers, or set it up",
                " tenants have enabled what it offers, or set it up"),
        /** A stored graph whose newest version names what the plugin offers, or a graph inside it does. */
        GRAPH(" stored graph names what it offers", " stored graphs name what it offers"),
        /** A policy in force that has one of its models judge, or sends calls to one. */
        POLICY(" policy in force asks a model of it", " policies in force ask models of it"),
        /** An execution that is queued, running or waiting, of an agent or graph that does. */
        EXECUTION(" execution that is under way uses it", " executions that are under way use it"),
        /** A session, whether it waits or rests, whose next execution is of an agent or graph that does. */
        SESSION(" session goes on with what uses it", " sessions go on with what uses it");

        private final String one;
        private final String several;

        Kind(String one, String several) {
            this.one = one;
            this.several = several;
        }
    }

    /**
     * One who uses it.
     *
     * @param tenant whose it is; empty for a plugin, and for a policy of the platform
     * @param id its id
     * @param name what its owner calls it; empty when it has only its id
     */
    record Named(Optional<String> tenant, String id, Optional<String> name) {

        JsonObject toJson() {
            JsonObject json = JsonObject.of("id", id);
            JsonObject named = name.map(text -> json.with("name", text)).orElse(json);
            return tenant.map(owner -> named.with("tenant", owner)).orElse(named);
        }

        private String sentence() {
            List<String> more = new ArrayList<>();
            name.ifPresent(text -> more.add("'" + text + "'"));
            tenant.filter(owner -> !owner.equals(id)).ifPresent(owner -> more.add("tenant " + owner));
            return more.isEmpty() ? id : id + " (" + String.join(", ", more) + ")";
        }
    }

    /**
     * Those of a kind.
     *
     * @param count how many there are, at least 1
     * @param first the first of them, at most {@link #MOST_NAMED}
     */
    record Use(Kind kind, long count, List<Named> first) {
        public Use {
            first = List.copyOf(first);
        }

        /** As in {@code 2 stored graphs name what it offers: gra_1 ('mail', tenant tnt_1) and 1 more}. */
        public String sentence() {
            String named = first.stream().map(Named::sentence).collect(Collectors.joining(", "));
            String more = count > first.size() ? " and " + (count - first.size()) + " more" : "";
            return count + (count == 1 ? kind.one : kind.several) + ": " + named + more;
        }
    }

    /**
     * Who uses a plugin.
     *
     * @param uses by kind
     * @param complete false when the plugin is not started here, so that graphs and executions could be looked for by
     *     its id alone
     */
    record Found(List<Use> uses, boolean complete) {
        public Found {
            uses = List.copyOf(uses);
        }

        /** As the API writes it. */
        public JsonObject toJson(String plugin) {
            return JsonObject.of(
                    "plugin",
                    plugin,
                    "used",
                    !uses.isEmpty(),
                    "complete",
                    complete,
                    "uses",
                    uses.stream()
                            .map(use -> JsonObject.of(
                                    "kind",
                                    use.kind().name(),
                                    "count",
                                    use.count(),
                                    "first",
                                    use.first().stream().map(Named::toJson).toList(),
                                    "sentence",
                                    use.sentence()))
                            .toList());
        }
    }
}
