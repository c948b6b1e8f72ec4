package evil;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.introspect.DefaultAccessorNamingStrategy;
import com.fasterxml.jackson.databind.jsontype.BasicPolymorphicTypeValidator;
import java.util.List;
import java.util.Map;

/** Ways by what the host shares with plugins: Jackson reads, writes, loads classes and reflects for whoever asks it. */
final class Libraries {
    private Libraries() {}

    static void all(List<Route> a, Place o, Place i) {
        FileReads.add(a, "library.read-tree", o, i, p -> new ObjectMapper().readTree(json(p)));
        FileReads.add(a, "library.read-value", o, i, p -> new ObjectMapper().readValue(json(p), Map.class));
        FileReads.add(
                a,
                "library.read-url",
                o,
                i,
                p -> new ObjectMapper().readTree(json(p).toURI().toURL()));
        FileReads.add(a, "library.write-value", o, i, p -> {
            new ObjectMapper().writeValue(p.missing().toFile(), Map.of());
            return true;
        });
        FileReads.add(
                a,
                "library.parser",
                o,
                i,
                p -> new ObjectMapper().getFactory().createParser(json(p)).nextToken());
        FileReads.add(a, "library.getter", o, i, p -> new ObjectMapper().writeValueAsString(new Reading(p)));
        a.add(new Route(
                "library.class-of-host",
                () -> typed(
                        "dev.agentos.pluginruntime.PluginVersion",
                        "{\"plugin\":\"a\",\"version\":\"1\",\"sha512\":\"x\"}")));
        a.add(new Route(
                "library.class-reserved",
                () -> new ObjectMapper().getTypeFactory().findClass("java.lang.management.ManagementFactory")));
        a.add(new Route(
                "library.class-by-canonical-name",
                () -> new ObjectMapper()
                        .getTypeFactory()
                        .constructFromCanonical("dev.agentos.pluginruntime.PluginService")));
        a.add(new Route(
                "library.convert-class", () -> new ObjectMapper().convertValue("java.sql.DriverManager", Class.class)));
        a.add(new Route("library.getters-of-host", () -> {
            String text = every().writeValueAsString(Evil.context);
            return text.contains("word") ? text : null;
        }));
        a.add(new Route(
                "library.update-of-host",
                () -> every().readerForUpdating(Evil.context).readValue("{\"changed\":\"x\"}")));
        Trampolines.all(a);
        Gadgets.all(a, o);
    }

    private static java.io.File json(Place place) {
        return place.folder.resolve("a.json").toFile();
    }

    private static Object typed(String type, String value) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        mapper.activateDefaultTyping(
                BasicPolymorphicTypeValidator.builder()
                        .allowIfSubType(Object.class)
                        .build(),
                ObjectMapper.DefaultTyping.EVERYTHING,
                JsonTypeInfo.As.WRAPPER_ARRAY);
        try {
            Object made = mapper.readValue("[\"" + type + "\"," + value + "]", Object.class);
            return made.getClass().getName().equals(type) ? made : null;
        } catch (InvalidTypeIdException e) {
            // To Jackson a class that is refused is one that there is not.
            return null;
        }
    }

    /** Takes every method for a getter. */
    private static ObjectMapper every() {
        ObjectMapper mapper = new ObjectMapper();
        mapper.setPropertyNamingStrategy(PropertyNamingStrategies.LOWER_CAMEL_CASE);
        mapper.setAccessorNaming(new DefaultAccessorNamingStrategy.Provider()
                .withGetterPrefix("")
                .withSetterPrefix(""));
        mapper.configure(com.fasterxml.jackson.databind.SerializationFeature.FAIL_ON_SELF_REFERENCES, false);
        return mapper;
    }

    /** A bean whose getter acts. */
    public static final class Reading {
        private final Place place;

        Reading(Place place) {
            this.place = place;
        }

        public String getText() throws java.io.IOException {
            return java.nio.file.Files.readString(place.path());
        }
    }
}
