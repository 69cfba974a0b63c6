mod tenancy;
