// node onnx_worker.js FOLDER MODEL BATCH THREADS: answers every line "STEPS" with {"ms"}, the median time in which
// ONNX Runtime, from FOLDER/node_modules, infers a batch of random images.
const path = require("path");
const readline = require("readline");

const [folder, model, batch, threads] = process.argv.slice(2);
const ort = require(path.join(folder, "node_modules", "onnxruntime-node"));

async function medianMs(session, images, warmUp, steps) {
  const times = [];
  for (let i = 0; i < warmUp + steps; ++i) {
    const start = process.hrtime.bigint();
    await session.run({ images });
    if (i >= warmUp) times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  times.sort((a, b) => a - b);
  return (times[(steps - 1) >> 1] + times[steps >> 1]) / 2;
}

async function main() {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ["cpu"],
    intraOpNumThreads: Number(threads),
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
  });
  const values = Float32Array.from({ length: Number(batch) * 3 * 32 * 32 }, () => 2 * Math.random() - 1);
  const images = new ort.Tensor("float32", values, [Number(batch), 3, 32, 32]);
  for await (const line of readline.createInterface({ input: process.stdin }))
    console.log(JSON.stringify({ ms: await medianMs(session, images, 2, Number(line)) }));
}

main();
