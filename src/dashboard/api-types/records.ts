/** Minor units; the currency is null where no source told it. */
export type RecordAmount = { readonly amount: number; readonly currency: string | null } | null;

type VendorRecord = {
  readonly connectionId: string;
  /** In the vendor's own words. */
  readonly status: string | null;
  readonly createdAt: string | null;
  readonly updatedAt: string;
};

export type Subscription = VendorRecord & {
  readonly subscriptionId: string;
  readonly plan: string | null;
  readonly quantity: number | null;
  readonly amount: RecordAmount;
  readonly interval: string;
  readonly intervalCount: number;
  readonly startedAt: string | null;
  readonly endsAt: string | null;
  readonly committed: number | null;
  readonly consumed: number | null;
};

export type Invoice = VendorRecord & {
  readonly invoiceId: string;
  readonly subscriptionId: string | null;
  readonly amount: RecordAmount;
  readonly due: string | null;
};

export type Opportunity = VendorRecord & {
  readonly opportunityId: string;
  readonly name: string | null;
  readonly stage: string | null;
  readonly renewal: boolean;
  readonly amount: RecordAmount;
  readonly closeDate: string | null;
};

export type Contact = {
  readonly person: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly role: string | null;
  readonly title: string | null;
  readonly champion: boolean;
  readonly sponsor: boolean;
  readonly leftAt: string | null;
  readonly lastContactAt: string | null;
};

export type Conversation = VendorRecord & {
  readonly conversationId: string;
  readonly open: boolean;
  readonly subject: string | null;
  readonly priority: string | boolean | null;
  readonly rating: string | number | null;
};
