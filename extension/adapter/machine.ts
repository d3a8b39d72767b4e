/** Builds the machine of a run. */
import { dirname } from 'node:path';
import { Simulation } from '../../simulator/index';
import { machineRefused, messageOf } from '../scenario/errors';
import type { LaunchSettings } from '../scenario/launch';
import type { Scenario } from '../scenario/scenario-file';
import { fileOpener } from '../scenario/trace-file';

/** @throws UserError if the machine cannot be built */
export function buildMachine(scenario: Scenario, settings: LaunchSettings): Simulation {
  try {
    const files = fileOpener(dirname(scenario.path));
    const { options, record } = settings;
    return new Simulation(scenario.program, { ...options, files, ...(record && { record }) });
  } catch (error) {
    throw machineRefused(scenario.path, messageOf(error));
  }
}
