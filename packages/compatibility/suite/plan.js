/** Replaced in the packed project by the plan of one run (`src/project.ts`). */

/** @type {import("../src/plan.ts").Plan} */
export const plan = {
  hasEnvironment: false,
  isBrowser: false,
  mockRefusals: {},
  peer: { bytes: "", flaky: "", away: "", stalling: "", silent: "", refused: "" },
  apis: [],
};
