/**
 * Prism's mocker with random numbers that a seed repeats, whatever else the process makes up before, after or meanwhile.
 *
 * Prism 5.16 hands the seed to json-schema-faker alone, where it stays for every later answer of the process; three places
 * of json-schema-faker (numbers that are multiples of a fraction, values without any type) and all of faker (`x-faker`)
 * do not ask it.
 */

import type { PrismHttpComponents } from "@stoplight/prism-http";
import { loadMocker } from "./prism.ts";

/** Dates such as "past" are counted from here; any fixed date does. */
const referenceDate = "2025-01-01T00:00:00.000Z";

/** To be called once per process: the faker of json-schema-faker is the last that it was given. */
export function createRepeatableMock(): PrismHttpComponents["mock"] {
  const { mock, resetGenerator, createRandom, fakers, schemaFaker } = loadMocker();
  const { base, en, Faker } = fakers;
  // The one that Prism shares with everybody may be seeded by a test for itself.
  const faker = new Faker({ locale: [en, base] });
  schemaFaker.extend("faker", () => faker);

  return (given) => (logger) => {
    const { dynamic, seed } = given.config;
    if (!dynamic) return mock(given)(logger);
    const call = { ...given, resource: withOwnBundle(given.resource) };
    if (!seed) return mock(call)(logger);
    const { random } = Math;
    try {
      // The answer is made in one go: nothing else runs until it is, so nothing else sees this.
      Math.random = createRandom(seed);
      faker.seed(createRandom(seed).int32());
      faker.setDefaultRefDate(referenceDate);
      return mock(call)(logger);
    } finally {
      Math.random = random;
      faker.seed();
      faker.setDefaultRefDate();
      resetGenerator();
    }
  };
}

/** json-schema-faker changes what schemas refer to. */
function withOwnBundle<T extends object>(resource: T): T {
  return "__bundled__" in resource ? { ...resource, __bundled__: structuredClone(resource.__bundled__) } : resource;
}
