import { harmony } from './harmony';
import { honor } from './honor';
import { huawei } from './huawei';
import { meizu } from './meizu';
import { oppo } from './oppo';
import { vivo } from './vivo';
import { xiaomi } from './xiaomi';

export const makers = { huawei, vivo, honor, meizu, oppo, xiaomi, harmony };
