import { useMe } from "@/app/me";
import type { Schema } from "@/lib/api/client";
import { useWords } from "@/lib/words";
import { Field, Select } from "@/ui";
import { membersWords } from "./members-words";
import { settingsWords } from "./words";

type Role = Schema["MemberView"]["role"];

interface Props {
	value: Role;
	onChange: (role: Role) => void;
	fault: unknown;
}

/** A role, and what it may do. Only owners make owners. */
export function RoleField({ value, onChange, fault }: Props) {
	const t = useWords(membersWords);
	const s = useWords(settingsWords);
	const me = useMe();
	const roles: Role[] = me.role === "owner" ? ["agent", "admin", "owner"] : ["agent", "admin"];
	return (
		<Field label={t("role")} name="role" hint={t(`roleHint_${value}`)} fault={fault}>
			<Select value={value} onChange={(e) => onChange(e.target.value as Role)}>
				{roles.map((role) => (
					<option key={role} value={role}>
						{s(role)}
					</option>
				))}
			</Select>
		</Field>
	);
}
