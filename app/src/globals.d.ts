/** Names what the build was made of. */
declare const __BUILD__: string;
