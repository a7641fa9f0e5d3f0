export const CONTENT_POLICY: string;
export const CONTENT_POLICY_HEADER: string;
