import type { Server } from 'node:http';

export function appServer(folder: string, config: string | undefined): Server;
