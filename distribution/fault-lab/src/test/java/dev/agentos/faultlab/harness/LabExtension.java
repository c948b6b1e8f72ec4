package dev.agentos.faultlab.harness;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.opentest4j.TestAbortedException;

/**
 * Gives tests the one {@link Lab} of the run, in order before each; behind each the failpoints must have been hit and
 * the oracles hold. Prints a line for each case.
 */
public final class LabExtension implements InvocationInterceptor, ParameterResolver {

    private static final ExtensionContext.Namespace SPACE = ExtensionContext.Namespace.create(LabExtension.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Lab.class;
    }

    @Override
    public Lab resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return lab(context);
    }

    private static Lab lab(ExtensionContext context) {
        return context.getRoot().getStore(SPACE).computeIfAbsent(Lab.class, type -> Lab.open(), Lab.class);
    }

    @Override
    public void interceptTestMethod(
            Invocation<@Nullable Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        run(invocation, method.getExecutable(), context);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<@Nullable Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        run(invocation, method.getExecutable(), context);
    }

    private static void run(Invocation<@Nullable Void> invocation, Method method, ExtensionContext context)
            throws Throwable {
        Lab lab = lab(context);
        Optional<KnownDefect> defect = Optional.ofNullable(method.getAnnotation(KnownDefect.class));
        long began = System.nanoTime();
        lab.prepare();
        String outcome = "fail";
        try {
            invocation.proceed();
            lab.settle();
            if (defect.isPresent()) {
                throw new AssertionError("The defect is gone; take the mark away: "
                        + defect.get().value());
            }
            outcome = "pass";
        } catch (TestAbortedException e) {
            outcome = "skipped: " + e.getMessage();
            throw e;
        } catch (Throwable e) {
            boolean gone = e instanceof AssertionError
                    && String.valueOf(e.getMessage()).startsWith("The defect is gone");
            if (defect.isEmpty() || gone) {
                throw e;
            }
            outcome = "known defect";
            throw new TestAbortedException("Known defect: " + defect.get().value() + " Seen: " + firstLine(e), e);
        } finally {
            lab.tidy();
            report(method, context, outcome, lab, (System.nanoTime() - began) / 1_000_000);
        }
    }

    private static String firstLine(Throwable thrown) {
        String line = String.valueOf(thrown.getMessage())
                .lines()
                .filter(one -> !one.isBlank())
                .findFirst()
                .orElse("");
        return line.substring(0, Math.min(line.length(), 300));
    }

    private static void report(Method method, ExtensionContext context, String outcome, Lab lab, long millis) {
        FaultCase number = method.getAnnotation(FaultCase.class);
        List<String> evidence = lab.evidence();
        System.out.printf(
                Locale.ROOT,
                "case %s %s: %s seed=%d evidence=%s (%d ms)%n",
                number == null ? "--" : "%02d".formatted(number.value()),
                method.getName()
                        + (context.getDisplayName().startsWith(method.getName()) ? "" : " " + context.getDisplayName()),
                outcome,
                lab.seed(),
                evidence,
                millis);
    }
}
