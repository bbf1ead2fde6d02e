/** esbuild puts a style sheet into the loader as a string; the app's own style sheet is a file. */
declare module '*.css' {
  const text: string
  export default text
}
