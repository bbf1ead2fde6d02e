#!/usr/bin/env node
// The entry of the command line. `npx frontdesk --help` tells what it can do.
import { main } from './cli/main.ts'

process.exitCode = await main(process.argv.slice(2))
