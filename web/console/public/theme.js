// Runs before the first paint, so that a dark screen never flashes white. A file of its own: the policy forbids inline scripts.
;(() => {
  let choice = null
  try {
    choice = localStorage.getItem('frontdesk.theme')
  } catch {
    // Storage can be forbidden (private windows, embedded views): the system's colours are right then.
    choice = null
  }
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  document.documentElement.dataset.theme = choice === 'dark' || choice === 'light' ? choice : system
})()
