/** Under which keys queries keep figures. */
export const homeKeys = {
	stats: (span: object) => ["stats", span] as const,
};
