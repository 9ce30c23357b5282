export { SetUp } from "./set-up";
export { SignIn } from "./sign-in";
