package dev.agentos.pluginruntime;

import dev.agentos.pluginruntime.internal.AuthorModel;
import dev.agentos.pluginruntime.internal.ClassSpace;
import dev.agentos.pluginworker.IsolatedPlugin;
import java.util.List;

/** The code of a loaded version: in this process, or in one of its own. */
sealed interface PluginCode {

    /** The class loader that a thread has as its context while it is inside. */
    ClassLoader loader();

    /** What the guard has refused it. */
    List<PluginStatus.Denied> denials();

    /** In a class space of this process. */
    record InProcess(ClassSpace.Space space, AuthorModel model) implements PluginCode {
        @Override
        public ClassLoader loader() {
            return space.loader();
        }

        @Override
        public List<PluginStatus.Denied> denials() {
            return space.confinement().denials().stream()
                    .map(denial -> new PluginStatus.Denied(denial.permission(), denial.sink(), denial.count()))
                    .toList();
        }
    }

    /** In a process of its own; here are only stand-ins, which are the host's. */
    record Isolated(IsolatedPlugin plugin) implements PluginCode {
        @Override
        public ClassLoader loader() {
            return PluginCode.class.getClassLoader();
        }

        @Override
        public List<PluginStatus.Denied> denials() {
            return plugin.denials().stream()
                    .map(denial -> new PluginStatus.Denied(denial.permission(), denial.at(), denial.count()))
                    .toList();
        }
    }
}
