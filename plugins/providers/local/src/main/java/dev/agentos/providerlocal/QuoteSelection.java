package dev.agentos.providerlocal;

import dev.agentos.spi.Embedding;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Chooses the sentences that answer a question best: near enough to it, not far behind the best, and none that says
 * what another one says already.
 *
 * <p>The bounds were found by trying questions with and without an answer against manuals: answers lie at 0.45 to 0.8,
 * sentences of the same subject that do not answer mostly below 0.4, other subjects below 0.25.
 */
final class QuoteSelection {

    private static final double NEAR = 0.42;
    private static final double BEHIND_BEST = 0.12;
    private static final double SAME = 0.9;
    private static final int MOST = 3;

    private QuoteSelection() {}

    /** One to three sentences, best first; none when nothing is near enough. */
    static List<Sentence> choose(List<Sentence> sentences, List<Embedding> embeddings, Embedding question) {
        double[] scores = embeddings.stream()
                .mapToDouble(embedding -> embedding.cosine(question))
                .toArray();
        List<Integer> ranked = IntStream.range(0, scores.length)
                .boxed()
                .filter(i -> scores[i] >= NEAR)
                .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
                .toList();
        List<Integer> chosen = new ArrayList<>();
        for (int candidate : ranked) {
            boolean behind = scores[candidate] < scores[ranked.getFirst()] - BEHIND_BEST;
            if (behind || chosen.size() == MOST) {
                break;
            }
            if (chosen.stream().noneMatch(other -> repeats(sentences, embeddings, candidate, other))) {
                chosen.add(candidate);
            }
        }
        return chosen.stream().map(sentences::get).toList();
    }

    private static boolean repeats(List<Sentence> sentences, List<Embedding> embeddings, int one, int other) {
        String first = sentences.get(one).plain();
        String second = sentences.get(other).plain();
        return first.contains(second)
                || second.contains(first)
                || embeddings.get(one).cosine(embeddings.get(other)) > SAME;
    }
}
