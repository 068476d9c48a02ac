#!/usr/bin/env node
import module from "node:module";

// Prism is some hundred files: from the second start on, Node need not compile them again. Node 22.8 and newer.
module.enableCompileCache?.();
await import("@artifetch/mock-server/cli");
