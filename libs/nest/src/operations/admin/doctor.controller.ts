import { Get, Header } from '@nestjs/common';
import { AdminScope } from '../../authorities/admin-keys/index.js';
import { Doctor, type Examination } from '../doctor/index.js';
import { Administration } from './administration.decorator.js';

/** What is well with this node and what it stands on, and what is not. */
@Administration('doctor')
export class DoctorController {
  constructor(private readonly doctor: Doctor) {}

  /** 200 whatever is found: the answer is the finding. */
  @AdminScope('doctor:read')
  @Header('Cache-Control', 'no-store')
  @Get()
  examine(): Promise<Examination> {
    return this.doctor.examine();
  }
}
