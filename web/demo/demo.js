// The page's language, and two ways in which a site can talk to the chat: `set` and `open`. Calls made before the widget
// has loaded wait in this queue.
window.frontdesk =
  window.frontdesk ||
  function () {
    // biome-ignore lint/complexity/noArguments: the queue keeps calls exactly as they came
    window.frontdesk.q = (window.frontdesk.q || []).concat([arguments])
  }

const KEY = 'example-shop:language'
const TITLES = { zh: '示例商城', en: 'Example Shop' }

function remembered() {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

function speak(language) {
  document.documentElement.lang = language
  document.title = TITLES[language]
  window.frontdesk('set', { locale: language })
  try {
    localStorage.setItem(KEY, language)
  } catch (error) {
    console.debug('storage is forbidden here', error)
  }
}

// What the visitor chose, else what the browser speaks.
speak(remembered() ?? (navigator.language.startsWith('zh') ? 'zh' : 'en'))

document.addEventListener('DOMContentLoaded', () => {
  document.getElementById('language').addEventListener('click', () => speak(document.documentElement.lang === 'en' ? 'zh' : 'en'))
  for (const button of document.querySelectorAll('[data-chat]')) button.addEventListener('click', () => window.frontdesk('open'))
})
