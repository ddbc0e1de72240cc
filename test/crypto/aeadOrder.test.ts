import { describe, expect, it } from "vitest";
import { fastestFirst } from "../../src/crypto/provider/aeadOrder.ts";

/** The order that comes of these costs, on a clock that only sealing moves. */
function order(costs: Readonly<Record<string, number>>): readonly string[] {
  let time = 0;
  return fastestFirst(
    Object.keys(costs),
    (name) => () => {
      time += costs[name] as number;
    },
    () => time,
  );
}

describe("the order of AEADs", () => {
  it("puts the fastest first", () => {
    expect(order({ aes128: 9, aes256: 12, chacha: 3 })).toEqual(["chacha", "aes128", "aes256"]);
    expect(order({ aes128: 9, aes256: 2, chacha: 3 })).toEqual(["aes256", "chacha", "aes128"]);
  });

  it("keeps each in its place while it is within a fifth of the best", () => {
    expect(order({ aes128: 12, aes256: 10, chacha: 11 })).toEqual(["aes128", "aes256", "chacha"]);
    expect(order({ aes128: 12.1, aes256: 10, chacha: 11 })).toEqual(["aes256", "aes128", "chacha"]);
    expect(order({ aes128: 30, aes256: 12, chacha: 10 })).toEqual(["aes256", "chacha", "aes128"]);
  });

  it("keeps its order where a clock is too coarse to tell", () => {
    expect(order({ aes128: 0, aes256: 0, chacha: 0 })).toEqual(["aes128", "aes256", "chacha"]);
  });

  it("takes what is left where one is missing, and nothing where all are", () => {
    expect(order({ aes128: 5 })).toEqual(["aes128"]);
    expect(order({})).toEqual([]);
  });

  it("goes by the best of several, because the first is not like the others", () => {
    let time = 0;
    const calls = new Map<string, number>();
    const ordered = fastestFirst(
      ["slow", "warming"],
      (name) => () => {
        const call = calls.get(name) ?? 0;
        calls.set(name, call + 1);
        time += name === "slow" ? 10 : call === 0 ? 1000 : 1;
      },
      () => time,
    );
    expect(ordered).toEqual(["warming", "slow"]);
  });

  it("takes turns, for what is slow at the start is slow with whichever comes first", () => {
    let [time, calls] = [0, 0];
    const ordered = fastestFirst(
      ["first", "second"],
      () => () => {
        time += calls++ < 6 ? 1000 : 1;
      },
      () => time,
    );
    expect(ordered).toEqual(["first", "second"]);
  });
});
