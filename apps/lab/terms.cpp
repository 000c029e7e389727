#include "apps/lab/terms.h"

#include <cstddef>

#include <fmt/format.h>

namespace ek {

namespace {

/// {} is the number of seeds.
constexpr const char* kSeedText =
    "A number that fixes all that is drawn by chance: the start weights and the order of the "
    "images. Every arm is trained once with each of {} seeds, so that chance shows itself.";

const std::vector<Term> kTerms = {
    {"Arm",
     "One of the variants that an experiment compares, such as a network with BatchNorm and the "
     "same network without a norm."},
    {"Seed", kSeedText},
    {"Paired difference (A minus B)",
     "For every seed, A's result minus B's with the same seed; then the mean over the seeds. Above "
     "0: A's is the larger one. Luck that both arms share, such as an easy order of the images, "
     "drops out."},
    {"Times fewer, times larger (A against B)",
     "Where a ratio says more than a difference, such as of steps: how many times fewer, more, "
     "larger or smaller A's result is than B's. The mean over the seeds is then the geometric one: "
     "it is made of the logarithms."},
    {"95 % interval: [low, high]",
     "Other seeds would give a somewhat different figure. An interval made in this way holds the "
     "true one in 95 of 100 such experiments. Where it holds both directions, the figure does not "
     "even say which arm is ahead."},
    {"Needed, and margin",
     "What the whole interval must satisfy, such as to lie above 0 or within ±3 points. The number "
     "is the margin: the least difference that counts, fixed before there was a result."},
    {"SUPPORTED",
     "The whole interval lies where it is needed: these runs show what the sentence says. It is no "
     "proof for other networks or data."},
    {"NOT SUPPORTED",
     "The whole interval lies where it must not: these runs show that it is not so here."},
    {"INCONCLUSIVE",
     "The interval lies partly where it is needed and partly not: these runs cannot tell. Few "
     "seeds can show large differences only (they have little power); more seeds make the interval "
     "narrower."},
    {"d (Cohen's d)",
     "How large the difference is beside its own scatter: the mean of the paired differences "
     "divided by their standard deviation. At 0.3 it all but drowns in the scatter from seed to "
     "seed; at 1 some five seeds of six show the same direction, at 3 nearly all. It says nothing "
     "of how many points that is."},
    {"p",
     "How often chance alone would make a difference at least this large if in truth there were "
     "none: 0.03 is 3 times in 100. It is not the probability that the sentence is false. No "
     "verdict is made of it: the interval decides."},
    {"Points, sd and nats",
     "Points: differences of percentages; from 60 % to 62 % is 2 points. sd, the standard "
     "deviation: the usual distance from the mean; \"52.1 ± 0.8\" is a mean and its sd over the "
     "seeds. Nats: the unit of the loss; guessing among ten classes is 2.3."},
    {"Plots",
     "A line is the mean over the seeds, its band reaches from the smallest to the largest of "
     "them. On a log scale equal distances are equal ratios: from 1 to 10 is as far as from 10 to "
     "100."},
    {"Non-finite",
     "A run whose numbers became too large for the computer. It has learnt nothing, and counts as "
     "such unless the experiment says otherwise."}};

}  // namespace

std::vector<Term> lab_terms(std::size_t seeds) {
  std::vector<Term> terms = kTerms;
  for (Term& term : terms) {
    if (term.meaning == kSeedText) term.meaning = fmt::format(kSeedText, seeds);
  }
  return terms;
}

}  // namespace ek
