import './main.css';
import { installAddressMenu } from '../shared/address-menu';
import { installAsk } from '../shared/ask';
import { connect } from '../shared/host';
import { installShell } from '../shared/shell';
import { FramesView } from './view';

const host = connect();
const view = new FramesView(host);
installAddressMenu(host);
installAsk(host);
installShell(
  host,
  view.element,
  'Frames shows host-physical memory, coloured by owner: whose each frame is, what it is used for, and who maps it.',
  () => view.forget(),
);
view.attach();
host.post({ type: 'ready' });
