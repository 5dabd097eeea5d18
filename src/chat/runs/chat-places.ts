import { Injectable } from '@nestjs/common';
import { Places } from '../../common/limits/places.js';
import { AppConfig } from '../../config/app-config.js';

/** How many answers may be under way at once, whichever way they were asked for. */
@Injectable()
export class ChatPlaces extends Places {
  constructor({ chat }: AppConfig) {
    super(chat.maxConcurrent, 'chat');
  }
}
