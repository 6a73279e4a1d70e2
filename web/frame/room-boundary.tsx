// What stands in place of a room whose code failed, so that the way to the others stays. React
// writes the error to the console of the browser.

import { Button } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { useLanguage } from "../language/language.tsx";
import { NoticeBox } from "./notices.tsx";

interface RoomBoundaryProps {
  /** What fails at one address may work at the next. */
  readonly address: string;
  readonly children: ReactNode;
}

interface RoomBoundaryState {
  readonly hasFailed: boolean;
  /** Where it was rendered last. */
  readonly address: string;
}

/** Give it the room as its key: another room begins anew. */
export class RoomBoundary extends Component<RoomBoundaryProps, RoomBoundaryState> {
  static getDerivedStateFromError(): Pick<RoomBoundaryState, "hasFailed"> {
    return { hasFailed: true };
  }

  static getDerivedStateFromProps(
    { address }: RoomBoundaryProps,
    state: RoomBoundaryState,
  ): RoomBoundaryState {
    return address === state.address ? state : { address, hasFailed: false };
  }

  override state: RoomBoundaryState = { hasFailed: false, address: this.props.address };

  override render(): ReactNode {
    return this.state.hasFailed ? <FailedRoom /> : this.props.children;
  }
}

function FailedRoom(): ReactNode {
  const { roomFailed, reload } = useLanguage().messages.frame;
  return (
    <NoticeBox {...roomFailed} isFailure>
      <Button variant="default" size="sm" onClick={() => location.reload()}>
        {reload}
      </Button>
    </NoticeBox>
  );
}
