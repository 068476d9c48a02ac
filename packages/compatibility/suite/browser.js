/** Entry for a page: leaves the promise of the outcomes where the test finds it. */
import { factories } from "./factories.js";
import { plan } from "./plan.js";
import { runSuite } from "./suite.js";

Object.assign(globalThis, { outcomes: runSuite(factories, plan) });
