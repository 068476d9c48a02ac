/** Entry for `workerd test`: prints the outcomes as one line. */
import { factories } from "./factories.js";
import { plan } from "./plan.js";
import { runSuite } from "./suite.js";

export default {
  async test() {
    console.log(JSON.stringify(await runSuite(factories, plan)));
  },
};
