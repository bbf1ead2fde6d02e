#!/usr/bin/env node
// The entry of the command line. `npx frontdesk --help` tells what it can do.
import { main } from './cli/main.ts'

// Whoever reads may have read enough (`… | head`): that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

process.exitCode = await main(process.argv.slice(2))
