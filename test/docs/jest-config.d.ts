declare module '*/jest.config.js' {
  const config: {
    readonly transform: object;
    readonly transformIgnorePatterns: readonly string[];
    readonly moduleFileExtensions: readonly string[];
  };
  export default config;
}
