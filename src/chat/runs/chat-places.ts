import { Injectable } from '@nestjs/common';
import { TenantPlaces } from '../../common/limits/tenant-places.js';
import { AppConfig } from '../../config/app-config.js';

/** How many answers may be under way at once, whichever way they were asked for. */
@Injectable()
export class ChatPlaces extends TenantPlaces {
  constructor({ chat, tenantSharing }: AppConfig) {
    super(chat.maxConcurrent, 'chat', tenantSharing);
  }
}
