import { SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = Symbol('IS_PUBLIC');

/** Needs no API key: probes that orchestrators ask without one. The checks of origin and host still apply. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(IS_PUBLIC, true);

export const IS_FOR_ANY_PAGE = Symbol('IS_FOR_ANY_PAGE');

/**
 * Needs neither a key nor a page that is listed, because the address itself is the permission: nobody who does not have it can guess it.
 * The check of the host still applies.
 */
export const ForAnyPage = (): MethodDecorator => SetMetadata(IS_FOR_ANY_PAGE, true);
