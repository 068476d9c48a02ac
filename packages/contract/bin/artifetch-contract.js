#!/usr/bin/env node
import "@artifetch/contract/cli";
