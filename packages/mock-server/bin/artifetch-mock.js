#!/usr/bin/env node
import "@artifetch/mock-server/cli";
