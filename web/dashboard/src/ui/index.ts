// What screens are made of.
export { Avatar, initials } from "./avatar";
export { Badge } from "./badge";
export { Button, IconButton, LateIconButton } from "./button";
export { Checkbox, Switch } from "./check";
export { cn } from "./cn";
export { Combobox, type Option } from "./combobox";
export { ConfirmDialog, Dialog, Sheet } from "./dialog";
export { Field, FormFault } from "./field";
export { Input, Select, Textarea } from "./input";
export { Keys } from "./keys";
export { DropdownMenu, MenuCheck, MenuItem, MenuLabel, MenuLine, Popover } from "./menu";
export { Card, PageBody, PageHead } from "./page";
export { EmptyState, ErrorState, Skeleton, SkeletonRows } from "./states";
export { MoreButton, Pagination, Table, Td, Th, Tr } from "./table";
export { TabPanel, Tabs } from "./tabs";
export { toast, toastFault } from "./toast";
export { Tooltip } from "./tooltip";
